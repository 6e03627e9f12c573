/** What is about to be done to a file, as it is written down for the log of facts. */
import { type Happened } from "../../contracts/facts";
import { type Collection, type Document } from "../../mixins/documents/types";

export interface IntentDoc extends Document {
  readonly file_id: string;
  readonly type: "upload.stored" | "upload.removed";
  readonly data: Happened["data"];
  readonly at: Date;
}
export const intentCollection = { name: "upload_facts", indexes: [] } as Collection<IntentDoc>;
