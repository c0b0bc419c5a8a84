/** Stands for `engine/worker` in a page that is one file. */

import { LocalEngine } from "../engine/local";
import { serve } from "../engine/serving";

serve(new LocalEngine("")); // nothing is fetched
