/** Asks for the word of a server that has one. */

import { useState } from "preact/hooks";

import { begin } from "../state/app";
import { giveToken, tokenAsked } from "../state/server";
import { t } from "../texts";

export function Token() {
  const [token, setToken] = useState("");
  if (tokenAsked.value === null) return null;
  const give = (event: Event): void => {
    event.preventDefault();
    if (giveToken(token.trim())) void begin();
    setToken("");
  };
  return (
    <div class="veil">
      <div class="dialog" role="dialog" aria-modal="true" aria-labelledby="token">
        <h2 id="token">{t().token.title}</h2>
        <p class="faint">{t().token.help}</p>
        {tokenAsked.value === "again" && <p class="note">{t().token.refused}</p>}
        <form onSubmit={give}>
          <label class="field">
            {t().token.field}
            <input
              type="password"
              autofocus
              autocomplete="current-password"
              value={token}
              onInput={(event) => setToken(event.currentTarget.value)}
            />
          </label>
          <button type="submit" class="main" disabled={token.trim() === ""}>
            {t().token.give}
          </button>
        </form>
      </div>
    </div>
  );
}
