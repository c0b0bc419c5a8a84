import { alter, engine, look, setAside } from "../state/app";
import type { Reference } from "../state/look";
import { report } from "../state/problem";
import { t } from "../texts";
import { Choose, PICTURES } from "./choose";
import { Icon } from "./icon";
import { Section } from "./panel";
import { useUrl } from "./strip";

export function References() {
  const { references } = look.value;
  return (
    <Section title={t().reference.title} help={t().reference.help}>
      <ul class="references">
        {references.map((one) => (
          <Shown key={one.id} reference={one} />
        ))}
      </ul>
      {setAside.value === "answer" && (
        <p class="note" role="status">
          {t().reference.withoutAnswer}
        </p>
      )}
      <Choose accept={PICTURES} several take={(files) => void take(files)} kind="wide">
        <Icon name="picture" />
        {t().reference.add}
      </Choose>
    </Section>
  );
}

function Shown({ reference }: { reference: Reference }) {
  const { name } = reference.file;
  const remove = (): void =>
    alter({ references: look.value.references.filter(({ id }) => id !== reference.id) });
  return (
    <li class="thumb">
      <img src={useUrl(reference.file) || undefined} alt={name} />
      <button
        type="button"
        class="remove"
        aria-label={t().reference.remove(name)}
        onClick={remove}
      >
        <Icon name="close" />
      </button>
    </li>
  );
}

/** Open pictures as references; they stay open, since undo may ask for them again. */
async function take(files: readonly File[]): Promise<void> {
  for (const file of files) {
    try {
      const { id } = await engine.open(file);
      alter({ references: [...look.value.references, { id, file }] });
    } catch (error) {
      report(error, file.name);
    }
  }
}
