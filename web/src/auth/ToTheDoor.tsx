/** The way on for who followed a link that leads nowhere, or not any more. */
import { t } from "../app/i18n";
import { href } from "../app/router";
import { session } from "../app/session";

export const ToTheDoor = () => <a href={href.home}>{t(session.value ? "backToList" : "signIn")}</a>;
