/** The link of a mail that ends such mails. */
import { t } from "../app/i18n";
import { open } from "../app/session";
import { FromMail } from "./FromMail";

export const Unsubscribe = ({ token }: { token: string }) => (
  <FromMail
    title={t("endMail")}
    step={() => open(`/mail/unsubscribe/${encodeURIComponent(token)}`, {})}
    done={t("mailEnded")}
  >
    <p>{t("endMailHint")}</p>
  </FromMail>
);
