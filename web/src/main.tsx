/** The page's beginning. */
import { render } from "preact";
import { App } from "./App";
import { followBlocks } from "./app/blocks";
import { followSession } from "./app/chat";
import "./app/settings";

followSession();
followBlocks();
render(<App />, document.getElementById("app") as HTMLElement);
