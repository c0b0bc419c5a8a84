import { effect, signal } from "@preact/signals";

import { alter, engine, look, model, picture } from "../state/app";
import { recipeOf } from "../state/look";
import { report } from "../state/problem";
import { t } from "../texts";
import { Section } from "./panel";
import { Sheet } from "./sheet";

const COUNT = 4;
const SIDE = 360; // px; four of them stand beside the picture

const found = signal<readonly ImageData[] | null>(null);
const busy = signal(false);

effect(() => {
  void picture.value;
  void model.value;
  found.value = null;
});

async function find(): Promise<void> {
  const current = picture.value;
  if (current === null || busy.value) return;
  busy.value = true;
  try {
    const recipe = recipeOf({ ...look.value, alternative: null });
    const images = await engine.alternatives(current.opened.id, recipe, COUNT, SIDE);
    if (picture.value === current) found.value = images;
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
  const now = look.value.alternative ?? 1;
  return (
    <div class="answers" role="group" aria-label={t().alternatives.title}>
      {images.map((image, at) => {
        const label = at === 0 ? t().alternatives.first : t().alternatives.one(at + 1);
        return (
          <button
            type="button"
            key={at}
            title={label}
            aria-label={label}
            aria-pressed={now === at + 1}
            onClick={() => alter({ alternative: at === 0 ? null : at + 1 })}
          >
            <Sheet image={image} />
          </button>
        );
      })}
    </div>
  );
}
