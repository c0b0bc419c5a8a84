import { alter, look } from "../state/app";
import { PLAIN } from "../state/look";
import { t } from "../texts";

export function Vividness() {
  const { vividness } = look.value;
  return (
    <section class="section plain">
      <label class="heading" for="vividness">
        {t().vividness.title}
        <output>{Math.round(100 * vividness)}</output>
      </label>
      <input
        id="vividness"
        type="range"
        min="0"
        max="1"
        step="0.01"
        value={vividness}
        aria-describedby="vividness-ends"
        onInput={(event) => alter({ vividness: event.currentTarget.valueAsNumber }, "try")}
        onChange={(event) => alter({ vividness: event.currentTarget.valueAsNumber })}
        onDblClick={() => alter({ vividness: PLAIN.vividness })}
      />
      <p id="vividness-ends" class="ends faint">
        <span>{t().vividness.low}</span>
        <span>{t().vividness.high}</span>
      </p>
    </section>
  );
}
