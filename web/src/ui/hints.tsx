import { alter, look } from "../state/app";
import { colour, size, suggest, suggestion, tool } from "../state/brush";
import { t } from "../texts";
import { Icon } from "./icon";
import { Section } from "./panel";

/** What people know of old photographs. */
const QUICK = {
  skin: "#d9a584",
  blond: "#cfa65b",
  brown: "#6f4a2f",
  sky: "#7ba7d6",
  grass: "#7d9a45",
  leaves: "#4c7a3d",
  brick: "#a4553d",
  red: "#b5313a",
  navy: "#2f4573",
  sand: "#d3bd94",
  gray: "#808080",
} as const;

type Quick = keyof typeof QUICK;

function take(value: string): void {
  colour.value = value;
  tool.value = "hint";
}

export function Hints() {
  return (
    <Section title={t().hints.title} help={t().hints.help} open>
      <div class="row">
        <label class="field inline">
          {t().hints.colour}
          <input
            type="color"
            value={colour.value}
            onInput={(event) => take(event.currentTarget.value)}
          />
        </label>
        <div class="segments small" role="group" aria-label={t().hints.size}>
          {(["fine", "medium", "broad"] as const).map((one) => (
            <button
              type="button"
              aria-pressed={size.value === one}
              onClick={() => (size.value = one)}
            >
              {t().hints.sizes[one]}
            </button>
          ))}
        </div>
      </div>
      <div class="swatches" role="group" aria-label={t().hints.quick}>
        {(Object.keys(QUICK) as Quick[]).map((name) => (
          <button
            type="button"
            class="swatch"
            style={{ background: QUICK[name] }}
            aria-label={t().hints.names[name]}
            title={t().hints.names[name]}
            aria-pressed={colour.value === QUICK[name]}
            onClick={() => take(QUICK[name])}
          />
        ))}
      </div>
      <button type="button" class="wide" onClick={() => void suggest()}>
        <Icon name="target" />
        {t().hints.suggest}
      </button>
      <p class="faint" role="status">
        {suggestion.value === null
          ? ""
          : suggestion.value === "none"
            ? t().hints.none
            : t().hints.suggested}
      </p>
      {look.value.strokes.length > 0 && <Said />}
    </Section>
  );
}

function Said() {
  const { strokes } = look.value;
  const recolour = (at: number, value: string, kind: "try" | "keep"): void =>
    alter({ strokes: strokes.map((one, i) => (i === at ? { ...one, colour: value } : one)) }, kind);
  return (
    <>
      <p class="label">{t().hints.list}</p>
      <ul class="said" aria-label={t().hints.list}>
        {strokes.map(({ colour, points }, at) => {
          const name = t().hints.one(at + 1, points.length);
          return (
            <li key={at}>
              <input
                type="color"
                value={colour}
                aria-label={t().hints.change(name)}
                onInput={(event) => recolour(at, event.currentTarget.value, "try")}
                onChange={(event) => recolour(at, event.currentTarget.value, "keep")}
              />
              <span>{name}</span>
              <button
                type="button"
                class="quiet round"
                aria-label={t().hints.remove(name)}
                onClick={() => alter({ strokes: strokes.filter((_, i) => i !== at) })}
              >
                <Icon name="close" />
              </button>
            </li>
          );
        })}
      </ul>
      <button type="button" class="quiet" onClick={() => alter({ strokes: [] })}>
        {t().hints.clear}
      </button>
    </>
  );
}
