/** Somebody by name, and by the number that logs have. */
import { useName } from "../app/people";

export const Person = ({ id }: { id: number }) => <span dir="auto">{`${useName(id)} (${id})`}</span>;
