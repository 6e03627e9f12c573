/** A conversation by its id, which leads to what the staff may know of it. */
import { href } from "../app/router";

export const ConversationId = ({ id }: { id: string }) => (
  <a href={href.admin("conversations", id)} dir="ltr">
    {id}
  </a>
);
