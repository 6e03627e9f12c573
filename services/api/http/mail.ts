/** Links of mails that programs open by themselves: what they open shows the page, which asks before anything is done. */
import { pageLink } from "../../../platform/mail";
import { envOf } from "../../../platform/env";
import { type Door } from "./door";

export const mailDoors: readonly Door[] = [
  {
    method: "GET",
    path: "/mail/unsubscribe/:token",
    access: "anyone",
    handle({ broker, res, path }) {
      const token = encodeURIComponent(path.token ?? "");
      res.writeHead(302, { Location: pageLink(envOf(broker), `unsubscribe=${token}`), "Cache-Control": "no-store" });
      res.end();
    },
  },
];
