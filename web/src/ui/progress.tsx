/** How far a training is, and what came of it. */

import { EngineError } from "../engine/api";
import { choices, choose, refresh, server, view } from "../state/app";
import { report } from "../state/problem";
import { offer, stem } from "../state/save";
import type { ServerModel } from "../state/server";
import { cancelTraining, running, type Training } from "../state/training";
import { t } from "../texts";
import { Curve } from "./curve";
import { Served } from "./served";

export function Progress({ training }: { training: Training }) {
  const { state, phase, share, seconds_left, losses, swatch, problem, left_out, model } = training;
  return (
    <section class="progress" aria-label={training.name}>
      <div role="status">
        <h3>{t().train.states[state]}</h3>
      </div>
      {running() && (
        <>
          <progress max="1" value={share} aria-label={t().train.states[state]} />
          <p class="faint">
            {[phaseOf(phase), seconds_left === null ? "" : t().train.left(seconds_left)]
              .filter((words) => words !== "")
              .join(", ")}
          </p>
          <button type="button" onClick={() => void cancelTraining()}>
            {t().train.cancel}
          </button>
        </>
      )}
      {problem !== null && (
        <p class="note">
          {t().train.why} {problem}
        </p>
      )}
      {training.warnings.map((warning) => (
        <p class="note" key={warning}>
          {warning}
        </p>
      ))}
      {losses.length > 1 && <Curve losses={losses} />}
      {swatch !== null && <Swatch colours={swatch.hex} />}
      {training.files.samples && (
        <figure class="samples">
          <figcaption>
            {running() ? t().train.samplesSoFar : t().train.samples}{" "}
            <span class="faint">{t().train.samplesHelp}</span>
          </figcaption>
          <Served address={training.files.samples} label={t().train.samples} />
        </figure>
      )}
      {left_out.length > 0 && (
        <details class="section">
          <summary>{`${t().train.leftOut}: ${left_out.length}`}</summary>
          <ul class="left-out">
            {left_out.map(([name, why]) => (
              <li key={name}>
                {name}: {why}
              </li>
            ))}
          </ul>
        </details>
      )}
      {model !== null && <Made training={training} model={model} />}
    </section>
  );
}

function Swatch({ colours }: { colours: readonly string[] }) {
  return (
    <figure>
      <figcaption>{t().train.swatch}</figcaption>
      <div class="bar" role="img" aria-label={`${t().train.swatch}: ${colours.join(", ")}`}>
        {colours.map((colour) => (
          <i key={colour} style={{ background: colour }} />
        ))}
      </div>
    </figure>
  );
}

function Made({ training, model }: { training: Training; model: ServerModel }) {
  const { verdict } = training;
  const by = Math.abs(verdict?.nearer ?? 0).toFixed(2);
  const words = verdict !== null && (verdict.nearer > 0 ? t().train.good : t().train.bad);
  return (
    <>
      {words && <p class="verdict">{words(methodOf(verdict!.rival), by)}</p>}
      <Table model={model} />
      <div class="row wrap">
        <button type="button" class="main" onClick={() => void use(model)}>
          {t().train.use}
        </button>
        <button type="button" onClick={() => void fetched(model.file, `${stem(model.name)}.onnx`)}>
          {t().train.download}
        </button>
        {training.files.report && (
          <button
            type="button"
            onClick={() => void fetched(training.files.report, `${model.name}.html`)}
          >
            {t().train.report}
          </button>
        )}
      </div>
    </>
  );
}

/** The model beside trivial guesses, as the model file has it; the nearest to the truth first. */
function Table({ model }: { model: ServerModel }) {
  const methods = Object.entries(model.metrics).sort(([, a], [, b]) => a.de00 - b.de00);
  if (methods.length === 0) return null;
  const shown: Readonly<Record<string, string>> = t().train.metrics;
  const names = Object.keys(shown).filter((name) => methods.every(([, row]) => name in row));
  return (
    <div class="table">
      <table>
        <caption>
          {t().train.table} <span class="faint">{t().train.tableHelp}</span>
        </caption>
        <thead>
          <tr>
            <th scope="col">{t().train.method}</th>
            {names.map((name) => (
              <th scope="col" key={name}>
                {shown[name]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {methods.map(([method, row]) => (
            <tr key={method} class={method === model.preset ? "own" : undefined}>
              <th scope="row">{methodOf(method)}</th>
              {names.map((name) => (
                <td key={name}>{row[name].toFixed(2)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function phaseOf(phase: string | null): string {
  const words: Readonly<Record<string, string>> = t().train.phases;
  return words[phase ?? ""] ?? "";
}

function methodOf(method: string): string {
  const words: Readonly<Record<string, string>> = t().train.methods;
  return words[method] ?? method;
}

async function use(model: ServerModel): Promise<void> {
  try {
    await refresh();
    if (!choices.value.some(({ id }) => id === model.id)) {
      throw new EngineError("model-unknown", "it was removed from the server");
    }
    await choose(model.id);
    view.value = "colour";
  } catch (error) {
    report(error, model.name);
  }
}

async function fetched(address: string, name: string): Promise<void> {
  try {
    offer(await server.value!.file(address), name);
  } catch (error) {
    report(error, name);
  }
}
