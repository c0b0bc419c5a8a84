/** Teach a model on the server. */

import { useEffect, useState } from "preact/hooks";

import { info } from "../state/app";
import {
  findTraining,
  given,
  LEAST,
  running,
  sending,
  startTraining,
  takeTraining,
  taking,
  training,
} from "../state/training";
import { t } from "../texts";
import { Choose } from "./choose";
import { Icon } from "./icon";
import { Progress } from "./progress";
import { useUrl } from "./strip";

const TIMES = { short: 60, medium: 300, long: 900 } as const; // s
type Time = keyof typeof TIMES;

export function Train() {
  const known = info.value;
  useEffect(() => void findTraining(), []);
  return (
    <main class="train">
      <h2>{t().train.title}</h2>
      <p class="lead">{t().train.lead}</p>
      {known !== null && !known.training ? (
        <p class="note">{t().train[known.training_why_not === "missing" ? "missing" : "off"]}</p>
      ) : (
        <>
          {!running() && <Begin />}
          {training.value !== null && <Progress training={training.value} />}
        </>
      )}
    </main>
  );
}

function Begin() {
  const [name, setName] = useState(t().train.ownName);
  const [time, setTime] = useState<Time>("medium");
  const missing = LEAST - given.value.length;
  return (
    <section class="begin">
      <ul class="given">
        {given.value.map((file, at) => (
          <Given key={`${file.name}${at}`} file={file} />
        ))}
      </ul>
      <div class="row wrap">
        <Choose
          accept="image/*"
          several
          take={(files) => void takeTraining(files)}
          kind={missing > 0 ? "main" : undefined}
        >
          <Icon name="plus" />
          {t().train.choose}
        </Choose>
        <span class="faint" role="status">
          {given.value.length > 0 && t().train.chosen(given.value.length)}{" "}
          {given.value.length > 0 && missing > 0 && t().train.few(missing)}{" "}
          {taking.value > 0 && t().pictures.opening(taking.value)}
          {sending.value && t().train.sending}
        </span>
        {given.value.length > 0 && taking.value === 0 && (
          <button type="button" class="quiet" onClick={() => (given.value = [])}>
            {t().train.clear}
          </button>
        )}
      </div>
      <div class="row wrap">
        <label class="field">
          <span>{t().train.name}</span>
          <input
            type="text"
            maxLength={60}
            value={name}
            onInput={(event) => setName(event.currentTarget.value)}
          />
        </label>
        <label class="field">
          <span>{t().train.time}</span>
          <select value={time} onChange={(event) => setTime(event.currentTarget.value as Time)}>
            {(Object.keys(TIMES) as Time[]).map((one) => (
              <option value={one}>{t().train.times[one]}</option>
            ))}
          </select>
        </label>
        <button
          type="button"
          class="main"
          disabled={missing > 0 || taking.value > 0 || sending.value || name.trim() === ""}
          onClick={() => void startTraining(name.trim(), TIMES[time])}
        >
          {t().train.start}
        </button>
      </div>
    </section>
  );
}

function Given({ file }: { file: File }) {
  const url = useUrl(file);
  const drop = (): void => {
    given.value = given.value.filter((one) => one !== file);
  };
  return (
    <li class="thumb">
      <img src={url || undefined} alt={file.name} />
      <button
        type="button"
        class="remove"
        aria-label={t().pictures.remove(file.name)}
        onClick={drop}
      >
        <Icon name="close" />
      </button>
    </li>
  );
}
