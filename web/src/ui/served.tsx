/** A picture of the server; fetched by hand, since an address alone cannot bear a token. */

import { useEffect, useState } from "preact/hooks";

import { server } from "../state/app";
import { report } from "../state/problem";
import { useUrl } from "./strip";

export function Served({ address, label }: { address: string; label: string }) {
  const [file, setFile] = useState<Blob | null>(null);
  useEffect(() => {
    let wanted = true;
    server.value?.file(address).then((got) => wanted && setFile(got), report);
    return () => {
      wanted = false;
    };
  }, [address]);
  return file === null ? null : <Loaded file={file} label={label} />;
}

function Loaded({ file, label }: { file: Blob; label: string }) {
  const url = useUrl(file);
  return url === "" ? null : <img src={url} alt={label} />;
}
