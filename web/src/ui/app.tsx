/** The whole page. */

import { pictures, view } from "../state/app";
import { t } from "../texts";
import { Dropping } from "./dropping";
import { Header } from "./header";
import { Panel } from "./panel";
import { Problems } from "./problems";
import { Stage } from "./stage";
import { Strip } from "./strip";
import { Token } from "./token";
import { Train } from "./train";
import { Welcome } from "./welcome";

export function App() {
  return (
    <>
      <Header />
      {view.value === "train" ? <Train /> : pictures.value.length > 0 ? <Workplace /> : <Welcome />}
      <Problems />
      <Token />
      <Dropping />
    </>
  );
}

function Workplace() {
  return (
    <main class="workplace">
      <a class="skip" href="#panel">
        {t().skip}
      </a>
      <Stage />
      <Strip />
      <Panel />
    </main>
  );
}
