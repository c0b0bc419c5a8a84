import { useState } from "preact/hooks";

import type { Chroma } from "../engine/api";
import { alter, engine, look, picture, server } from "../state/app";
import type { Swatch } from "../state/look";
import { report } from "../state/problem";
import { offer } from "../state/save";
import { MOST, readPalette, swatchFrom, swatchOf, writePalette, type Format } from "../state/swatches";
import { t } from "../texts";
import { Choose, PICTURES } from "./choose";
import { Icon } from "./icon";
import { Section } from "./panel";

const HERE = /\.(json|gpl|hex)$/i;
const OWN = ".json,.gpl,.hex";
const MORE = ".ase,.aco,.css,.txt,.png";
const FIRST = ["#8fa9c4", "#6d8a4e", "#c79a6b", "#a4553d"].map(swatchOf);

export function PaletteControl() {
  const { palette, exactPalette } = look.value;
  return (
    <Section title={t().palette.title} help={t().palette.help}>
      {palette !== null && <Swatches palette={palette} />}
      <div class="row wrap">
        <button type="button" onClick={() => set([...(palette ?? FIRST.slice(0, -1)), FIRST[3]])}>
          <Icon name="plus" />
          {palette === null ? t().palette.own : t().palette.add}
        </button>
        <Choose accept={server.value === null ? OWN : `${OWN},${MORE}`} take={([file]) => file && void open(file)}>
          {t().palette.load}
        </Choose>
        <Choose accept={PICTURES} take={([file]) => file && void fit(file)}>
          {t().palette.from}
        </Choose>
      </div>
      {palette !== null && (
        <>
          <label class="check">
            <input
              type="checkbox"
              checked={exactPalette}
              onChange={(event) => alter({ exactPalette: event.currentTarget.checked })}
            />
            {t().palette.exact}
          </label>
          <Keep palette={palette} />
          <button type="button" class="quiet" onClick={() => alter({ palette: null })}>
            {t().palette.clear}
          </button>
        </>
      )}
    </Section>
  );
}

function Swatches({ palette }: { palette: readonly Swatch[] }) {
  const replaced = (at: number, colour: string): Swatch[] =>
    palette.map((one, i) => (i === at ? swatchOf(colour) : one));
  return (
    <ul class="palette" aria-label={t().palette.own}>
      {palette.map(({ colour }, at) => (
        <li key={at}>
          <input
            type="color"
            value={colour}
            aria-label={t().palette.edit(at + 1)}
            onInput={(event) => alter({ palette: replaced(at, event.currentTarget.value) }, "try")}
            onChange={(event) => set(replaced(at, event.currentTarget.value))}
          />
          <button
            type="button"
            class="remove"
            aria-label={t().palette.remove(at + 1)}
            disabled={palette.length <= 2}
            onClick={() => set(palette.filter((_, i) => i !== at))}
          >
            <Icon name="close" />
          </button>
        </li>
      ))}
    </ul>
  );
}

function Keep({ palette }: { palette: readonly Swatch[] }) {
  const [format, setFormat] = useState<Format>("json");
  return (
    <div class="row">
      <select
        aria-label={t().palette.saveAs}
        value={format}
        onChange={(event) => setFormat(event.currentTarget.value as Format)}
      >
        <option value="json">.json</option>
        <option value="gpl">.gpl (GIMP)</option>
        <option value="hex">.hex</option>
      </select>
      <button
        type="button"
        onClick={() => offer(new Blob([writePalette(palette, format)]), `palette.${format}`)}
      >
        {t().palette.save}
      </button>
    </div>
  );
}

function set(palette: readonly Swatch[]): void {
  alter({ palette: palette.slice(0, MOST) });
}

/** Read a palette file here, or by the server, which knows those of more programs. */
async function read(file: File): Promise<Swatch[]> {
  if (HERE.test(file.name) || server.value === null) {
    return readPalette(file.name, await file.text());
  }
  const form = new FormData();
  form.set("file", file);
  const found = await server.value.json<{ chroma: Chroma[]; hex: string[] }>("/palette", {
    method: "POST",
    body: form,
  });
  return found.chroma.map((chroma, at) => ({ chroma, colour: found.hex[at] }));
}

async function open(file: File): Promise<void> {
  try {
    set(await read(file));
  } catch (error) {
    report(error, file.name);
  }
}

async function fit(file: File): Promise<void> {
  const current = picture.value;
  try {
    const found = (await engine.paletteOf(file)).map(swatchFrom);
    if (picture.value === current) set(found);
  } catch (error) {
    report(error, file.name);
  }
}
