/** What a visitor sees first. */

import { add, choices, chosen, info, model, opening } from "../state/app";
import { t } from "../texts";
import { Choose, PICTURES } from "./choose";

export function Welcome() {
  return (
    <main class="welcome">
      <div class="welcome-card">
        <div class="plates" aria-hidden="true">
          <i />
          <i />
          <i />
          <i />
        </div>
        <h2>{t().welcome.title}</h2>
        <p class="lead">{t().welcome.lead}</p>
        <Choose accept={PICTURES} several take={(files) => void add(files)} kind="main large">
          {t().welcome.choose}
        </Choose>
        <p class="faint" role="status">
          {status()}
        </p>
      </div>
    </main>
  );
}

function status(): string {
  if (opening.value > 0) return t().pictures.opening(opening.value);
  if (model.value !== null) return t().welcome.private;
  const none = chosen.value === "" && choices.value.length === 0 && info.value !== null;
  return none ? t().welcome.noModel : t().welcome.model;
}
