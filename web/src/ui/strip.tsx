/** All open pictures, small, below the large one. */

import { useEffect, useState } from "preact/hooks";

import { add, currentKey, opening, pictures, remove, type Picture } from "../state/app";
import { t } from "../texts";
import { Choose, PICTURES } from "./choose";
import { Icon } from "./icon";

export function Strip() {
  return (
    <section class="strip" aria-label={t().pictures.label}>
      <ul>
        {pictures.value.map((picture) => (
          <Thumb key={picture.key} picture={picture} />
        ))}
      </ul>
      <Choose
        accept={PICTURES}
        several
        take={(files) => void add(files)}
        kind="add"
        label={t().pictures.add}
      >
        <Icon name="plus" />
      </Choose>
      <span class="faint" role="status">
        {opening.value > 0 ? t().pictures.opening(opening.value) : ""}
      </span>
    </section>
  );
}

function Thumb({ picture }: { picture: Picture }) {
  const url = useUrl(picture.readable);
  const { name } = picture.file;
  return (
    <li class="thumb">
      <button
        type="button"
        aria-label={t().pictures.show(name)}
        aria-pressed={picture.key === currentKey.value}
        title={name}
        onClick={() => (currentKey.value = picture.key)}
      >
        <img src={url || undefined} alt="" />
      </button>
      <button
        type="button"
        class="remove"
        aria-label={t().pictures.remove(name)}
        onClick={() => remove(picture)}
      >
        <Icon name="close" />
      </button>
    </li>
  );
}

/** A URL of a file for as long as the component is there. */
export function useUrl(file: Blob): string {
  const [url, setUrl] = useState("");
  useEffect(() => {
    const made = URL.createObjectURL(file);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [file]);
  return url;
}
