import { bring, choices, choose, chosen, forget, loading, removable } from "../state/app";
import { t } from "../texts";
import { Choose } from "./choose";
import { Section } from "./panel";

export function ModelChoice() {
  return (
    <Section title={t().model.title} help={t().model.help}>
      {choices.value.length > 0 && (
        <select
          class="wide"
          aria-label={t().model.title}
          value={chosen.value}
          onChange={(event) => void choose(event.currentTarget.value)}
        >
          {choices.value.map(({ id, name }) => (
            <option value={id}>{name}</option>
          ))}
        </select>
      )}
      <Choose accept=".onnx" take={([file]) => file && void bring(file)} kind="wide">
        {t().model.bring}
      </Choose>
      {removable.value && (
        <button type="button" class="wide" onClick={ask}>
          {t().model.remove}
        </button>
      )}
      <p class="faint" role="status">
        {loading.value ? t().model.loading : ""}
      </p>
    </Section>
  );
}

function ask(): void {
  const name = choices.value.find(({ id }) => id === chosen.value)?.name ?? "";
  if (confirm(t().model.removeAsked(name))) void forget();
}
