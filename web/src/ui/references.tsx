import { alter, engine, look } from "../state/app";
import { report } from "../state/problem";
import { t } from "../texts";
import { Choose, PICTURES } from "./choose";
import { Icon } from "./icon";
import { Section } from "./panel";

export function References() {
  const { references } = look.value;
  return (
    <Section title={t().reference.title} help={t().reference.help}>
      <ul class="references">
        {references.map(({ id, name, url }) => (
          <li class="thumb" key={id}>
            <img src={url} alt={name} />
            <button
              type="button"
              class="remove"
              aria-label={t().reference.remove(name)}
              onClick={() => alter({ references: references.filter((one) => one.id !== id) })}
            >
              <Icon name="close" />
            </button>
          </li>
        ))}
      </ul>
      <Choose accept={PICTURES} several take={(files) => void take(files)} kind="wide">
        <Icon name="picture" />
        {t().reference.add}
      </Choose>
    </Section>
  );
}

/** Open pictures as references; they stay open, since undo may ask for them again. */
async function take(files: readonly File[]): Promise<void> {
  for (const file of files) {
    try {
      const { id } = await engine.open(file);
      const added = { id, name: file.name, url: URL.createObjectURL(file) };
      alter({ references: [...look.value.references, added] });
    } catch (error) {
      report(error, file.name);
    }
  }
}
