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
            <p>{t().confidence.error(overlay.value.error.toFixed(1))}</p>
          </>
        )}
      </div>
    </Section>
  );
}
