/** The page's beginning. */
import { render } from "preact";
import { App } from "./App";
import { followBlocks } from "./app/blocks";
import { followSession } from "./app/chat";
import { followSaved } from "./app/saved";
import "./app/settings";

followSession();
followBlocks();
followSaved();
render(<App />, document.getElementById("app") as HTMLElement);
