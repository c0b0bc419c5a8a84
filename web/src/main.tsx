import { render } from "preact";

import { begin } from "./state/app";
import "./state/preview";
import "./style/page.css";
import "./style/stage.css";
import "./style/panel.css";
import "./style/train.css";
import { App } from "./ui/app";

render(<App />, document.getElementById("app")!);
void begin();
