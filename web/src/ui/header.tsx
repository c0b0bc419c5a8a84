/** The name, the views, and what a visitor prefers. */

import { server, view } from "../state/app";
import { problems } from "../state/problem";
import { language, nextTheme, theme, type Language } from "../state/settings";
import { t } from "../texts";
import { Icon } from "./icon";

export function Header() {
  return (
    <header class="header">
      <h1 class="name">
        <span class="dot" aria-hidden="true" />
        <span class="word">{t().name}</span>
      </h1>
      {server.value !== null && <Views />}
      <span class="space" />
      <LanguageChoice />
      <button
        type="button"
        class="quiet round"
        onClick={nextTheme}
        aria-label={`${t().settings.theme}: ${t().settings.themes[theme.value]}`}
        title={`${t().settings.theme}: ${t().settings.themes[theme.value]}`}
      >
        <Icon name={theme.value} />
      </button>
    </header>
  );
}

function Views() {
  return (
    <nav class="views" aria-label={t().nav.label}>
      {(["colour", "train"] as const).map((one) => (
        <button
          type="button"
          class="quiet"
          aria-current={view.value === one ? "page" : undefined}
          onClick={() => {
            view.value = one;
            problems.value = [];
          }}
        >
          {t().nav[one]}
        </button>
      ))}
    </nav>
  );
}

function LanguageChoice() {
  return (
    <select
      class="language"
      aria-label={t().settings.language}
      value={language.value}
      onChange={(event) => (language.value = event.currentTarget.value as Language)}
    >
      <option value="en">English</option>
      <option value="de">Deutsch</option>
    </select>
  );
}
