/** moleculer-io brings no types of its own. */
declare module "moleculer-io" {
  import { type ServiceSchema } from "moleculer";
  const schema: ServiceSchema;
  export = schema;
}
