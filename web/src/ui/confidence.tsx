import { overlay, wanted } from "../state/confidence";
import { t } from "../texts";
import { Section } from "./panel";

export function ConfidenceControl() {
  return (
    <Section title={t().confidence.title}>
      <label class="check">
        <input
          type="checkbox"
          checked={wanted.value}
          onChange={(event) => (wanted.value = event.currentTarget.checked)}
        />
        {t().confidence.show}
      </label>
      <div class="faint" role="status">
        {overlay.value !== null && (
          <>
            <p>{t().confidence.legend}</p>
            <p>{t().confidence.shares(percent(overlay.value.sure), percent(overlay.value.guessed), percent(overlay.value.doubtful))}</p>
          </>
        )}
      </div>
    </Section>
  );
}

function percent(share: number): number {
  return Math.round(100 * share);
}
