/** Messages about what went wrong. */

import { dismiss, problems } from "../state/problem";
import { t, wordsOf } from "../texts";
import { Icon } from "./icon";

export function Problems() {
  return (
    <div class="problems" role="alert">
      {problems.value.map(({ key, code, about, detail }) => (
        <div class="problem" key={key}>
          <p>{wordsOf(code, about, detail)}</p>
          <button
            type="button"
            class="quiet round"
            aria-label={t().dismiss}
            onClick={() => dismiss(key)}
          >
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  );
}
