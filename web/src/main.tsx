/** The page's beginning. */
import { render } from "preact";
import { App } from "./App";
import { followBlocks } from "./app/blocks";
import { followSession } from "./app/chat";
import { keepPage } from "./app/kept";
import { followSaved } from "./app/saved";
import "./app/settings";

followSession();
followBlocks();
followSaved();
render(<App />, document.getElementById("app") as HTMLElement);
if (document.readyState === "complete") void keepPage();
else addEventListener("load", () => void keepPage());
