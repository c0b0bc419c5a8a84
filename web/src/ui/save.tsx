import { effect } from "@preact/signals";

import { loading, picture, pictures } from "../state/app";
import { canServe, save, saveAll, saving, type, where } from "../state/save";
import { t } from "../texts";
import { Icon } from "./icon";

const HERE = ["jpeg", "png"] as const;
const THERE = ["same", "jpeg", "png", "tiff"] as const;

function serves(): boolean {
  return canServe.value && (where.value === "server" || (picture.value?.foreign ?? false));
}

effect(() => {
  const offered: readonly string[] = serves() ? THERE : HERE;
  if (!offered.includes(type.value)) type.value = "jpeg";
});

export function Save() {
  const current = picture.value;
  if (current === null) return null;
  const { width, height } = current.opened;
  const off = loading.value || saving.value > 0;
  return (
    <section class="save">
      {canServe.value && !current.foreign && <Where />}
      <label class="field">
        <span>{t().save.type}</span>
        <select
          value={type.value}
          onChange={(event) => (type.value = event.currentTarget.value as typeof type.value)}
        >
          {(serves() ? THERE : HERE).map((one) => (
            <option value={one}>{t().save[one]}</option>
          ))}
        </select>
      </label>
      <button type="button" class="main wide" disabled={off} onClick={() => void save(current)}>
        <Icon name="save" />
        {t().save.one}
      </button>
      {pictures.value.length > 1 && (
        <button type="button" class="wide" disabled={off} onClick={() => void saveAll()}>
          {t().save.all(pictures.value.length)}
        </button>
      )}
      <p class="faint" role="status">
        {saving.value > 0 ? t().save.saving : t().save.size(width, height)}
      </p>
    </section>
  );
}

function Where() {
  return (
    <label class="field">
      <span>{t().save.where}</span>
      <select
        value={where.value}
        onChange={(event) => (where.value = event.currentTarget.value as typeof where.value)}
      >
        <option value="server">{t().save.server}</option>
        <option value="here">{t().save.here}</option>
      </select>
    </label>
  );
}
