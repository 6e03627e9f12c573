/** Whoever reads the client's reference finds a sentence at every name that is exported, and at all it has. */
import ts from "typescript";
import { join } from "node:path";
import { projectRoot } from "../../platform/root";

const entries = ["index", "react"].map((name) => join(projectRoot, `client/src/${name}.ts`));
const program = ts.createProgram(entries, {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  types: [],
  noLib: true,
});
const checker = program.getTypeChecker();

const isInternal = (symbol: ts.Symbol): boolean => symbol.getJsDocTags().some(({ name }) => name === "internal");
const isHidden = (symbol: ts.Symbol): boolean =>
  (symbol.declarations ?? []).some(
    (one) => ts.getCombinedModifierFlags(one) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected),
  );
const isSaid = (symbol: ts.Symbol): boolean =>
  symbol.getDocumentationComment(checker).length > 0 || symbol.getJsDocTags().some(({ name }) => name === "throws");

/** The members of a class; what an interface's fields are their names say, and where they don't, a sentence does. */
function membersOf(symbol: ts.Symbol): ts.Symbol[] {
  if (!(symbol.flags & ts.SymbolFlags.Class)) return [];
  return checker
    .getPropertiesOfType(checker.getDeclaredTypeOfSymbol(symbol))
    .filter((one) => !isInternal(one) && !isHidden(one))
    .filter((one) => one.declarations?.some(({ parent }) => ts.isClassDeclaration(parent)));
}

const exported = entries.flatMap((entry) => {
  const module = checker.getSymbolAtLocation(program.getSourceFile(entry) as ts.SourceFile);
  return checker.getExportsOfModule(module as ts.Symbol);
});
const resolved = exported.map((symbol) =>
  symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol,
);
/** What the contracts say of these stands at their fields. */
const isGenerated = (symbol: ts.Symbol): boolean =>
  symbol.declarations?.some((one) => one.getSourceFile().fileName.endsWith("protocol.ts")) === true;

test("there is much to read", () => {
  expect(resolved.length).toBeGreaterThan(60);
  expect(resolved.flatMap(membersOf).length).toBeGreaterThan(100);
});

test("no export without a sentence", () => {
  expect(resolved.filter((one) => !isGenerated(one) && !isSaid(one)).map(({ name }) => name)).toEqual([]);
});

test("no method or field of a class without one", () => {
  const silent = resolved.flatMap((one) =>
    membersOf(one)
      .filter((member) => !isSaid(member))
      .map((member) => `${one.name}.${member.name}`),
  );
  expect(silent).toEqual([]);
});
