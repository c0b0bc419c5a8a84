/** The worker of the page: one engine, with onnxruntime's files from the folder beside it. */

import { LocalEngine } from "./local";
import { serve } from "./serving";

serve(new LocalEngine(new URL("../ort/", self.location.href).href));
