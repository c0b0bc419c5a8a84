import { useState } from "preact/hooks";

import { model, picture, pictures } from "../state/app";
import { save, saveAll, saving, type Type } from "../state/save";
import { t } from "../texts";
import { Icon } from "./icon";

export function Save() {
  const [type, setType] = useState<Type>("image/jpeg");
  const current = picture.value;
  if (current === null) return null;
  const { width, height } = current.opened;
  const off = model.value === null || saving.value > 0;
  return (
    <section class="save">
      <label class="field">
        <span>{t().save.type}</span>
        <select value={type} onChange={(event) => setType(event.currentTarget.value as Type)}>
          <option value="image/jpeg">{t().save.jpeg}</option>
          <option value="image/png">{t().save.png}</option>
        </select>
      </label>
      <button
        type="button"
        class="main wide"
        disabled={off}
        onClick={() => void save(current, type)}
      >
        <Icon name="save" />
        {t().save.one}
      </button>
      {pictures.value.length > 1 && (
        <button type="button" class="wide" disabled={off} onClick={() => void saveAll(type)}>
          {t().save.all(pictures.value.length)}
        </button>
      )}
      <p class="faint" role="status">
        {saving.value > 0 ? t().save.saving : t().save.size(width, height)}
      </p>
    </section>
  );
}
