/** The controls beside the picture; those that the model does not have are not there. */

import type { ComponentChildren } from "preact";

import { has, picture, pictures, spread } from "../state/app";
import { noteOf, t } from "../texts";
import { Alternatives } from "./alternatives";
import { ConfidenceControl } from "./confidence";
import { Hints } from "./hints";
import { ModelChoice } from "./model";
import { PaletteControl } from "./palette";
import { References } from "./references";
import { Save } from "./save";
import { Vividness } from "./vividness";

export function Panel() {
  return (
    <aside class="panel" id="panel" aria-label={t().panel}>
      <Notes />
      {has("vividness") && <Vividness />}
      {has("hints") && <Hints />}
      {has("alternatives") && <Alternatives />}
      {has("palette") && <PaletteControl />}
      {has("reference") && <References />}
      {has("confidence") && <ConfidenceControl />}
      <ModelChoice />
      {pictures.value.length > 1 && (
        <button type="button" class="wide" onClick={spread}>
          {t().pictures.spread}
        </button>
      )}
      <Save />
      <p class="colophon faint">
        {t().colophon.about} <a href="./licenses.txt">{t().colophon.licenses}</a>
      </p>
    </aside>
  );
}

function Notes() {
  const opened = picture.value?.opened;
  const keys = [...(opened?.colored ? ["colored"] : []), ...(opened?.notes ?? [])];
  return (
    <>
      {[...new Set(keys)].map((key) => (
        <p class="note" key={key}>
          {noteOf(key)}
        </p>
      ))}
    </>
  );
}

interface SectionGiven {
  readonly title: string;
  readonly help?: string;
  readonly open?: boolean;
  readonly onToggle?: (open: boolean) => void;
  readonly children: ComponentChildren;
}

/** A control that can be folded away. */
export function Section({ title, help, open, onToggle, children }: SectionGiven) {
  return (
    <details class="section" open={open} onToggle={(e) => onToggle?.(e.currentTarget.open)}>
      <summary>{title}</summary>
      {help !== undefined && <p class="faint">{help}</p>}
      {children}
    </details>
  );
}
