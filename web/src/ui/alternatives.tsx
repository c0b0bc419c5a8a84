import { computed, effect, signal } from "@preact/signals";

import { alter, engine, look, model, picture, setAside } from "../state/app";
import { recipeOf } from "../state/look";
import { report } from "../state/problem";
import { t } from "../texts";
import { Section } from "./panel";
import { Sheet } from "./sheet";

const COUNT = 5;
const SIDE = 360; // px; they stand in two columns beside the picture

/** the plain result first, then the others by their numbers */
const found = signal<readonly ImageData[] | null>(null);
const busy = signal(false);

/** what the answers hang on; a look stays what it was in all that did not change */
const BASIS = (["strokes", "vividness", "palette", "exactPalette"] as const).map((name) =>
  computed(() => look.value[name]),
);
let era = 0;

effect(() => {
  [picture, model, ...BASIS].forEach((each) => void each.value);
  era += 1;
  found.value = null;
});

async function find(): Promise<void> {
  const current = picture.value;
  if (current === null || busy.value) return;
  busy.value = true;
  const mine = era;
  try {
    const recipe = recipeOf({ ...look.value, alternative: null, references: [] });
    const { id } = current.opened;
    const plain = await engine.preview(id, recipe, SIDE);
    const others = await engine.alternatives(id, recipe, COUNT, SIDE);
    if (mine === era) found.value = [plain, ...others];
  } catch (error) {
    report(error, current.file.name);
  } finally {
    busy.value = false;
  }
}

export function Alternatives() {
  const images = found.value;
  return (
    <Section title={t().alternatives.title} help={t().alternatives.help}>
      {images !== null && images.length > 1 && <Answers images={images} />}
      {setAside.value === "references" && (
        <p class="note" role="status">
          {t().alternatives.withoutReference}
        </p>
      )}
      <button type="button" class="wide" disabled={busy.value} onClick={() => void find()}>
        {images === null ? t().alternatives.show : t().alternatives.again}
      </button>
      <p class="faint" role="status">
        {busy.value ? t().alternatives.working : images?.length === 1 ? t().alternatives.only : ""}
      </p>
    </Section>
  );
}

function Answers({ images }: { images: readonly ImageData[] }) {
  const { alternative, references } = look.value;
  const now = references.length > 0 ? null : (alternative ?? 0); // the plain result is none of them
  return (
    <div class="answers" role="group" aria-label={t().alternatives.title}>
      {images.map((image, at) => {
        const label = at === 0 ? t().alternatives.first : t().alternatives.one(at);
        return (
          <button
            type="button"
            key={at}
            title={label}
            aria-label={label}
            aria-pressed={now === at}
            onClick={() => alter({ alternative: at === 0 ? null : at })}
          >
            <Sheet image={image} />
          </button>
        );
      })}
    </div>
  );
}
