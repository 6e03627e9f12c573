/** Language and theme of this device. */
import { t } from "../app/i18n";
import { type Language, language, type Theme, theme } from "../app/settings";

const languages: readonly (readonly [Language, string])[] = [
  ["en", "English"],
  ["vi", "Tiếng Việt"],
];

export const LanguageChoice = () => (
  <label class="select">
    <span>{t("language")}</span>
    <select value={language.value} onChange={(event) => (language.value = event.currentTarget.value as Language)}>
      {languages.map(([code, name]) => (
        <option key={code} value={code} lang={code}>
          {name}
        </option>
      ))}
    </select>
  </label>
);

export function Appearance() {
  const themes: readonly (readonly [Theme, string])[] = [
    ["system", t("themeSystem")],
    ["light", t("themeLight")],
    ["dark", t("themeDark")],
  ];
  return (
    <section>
      <h2>{t("appearance")}</h2>
      <LanguageChoice />
      <fieldset class="radios">
        <legend>{t("theme")}</legend>
        {themes.map(([value, name]) => (
          <label key={value}>
            <input
              type="radio"
              name="theme"
              value={value}
              checked={theme.value === value}
              onChange={() => (theme.value = value)}
            />
            {name}
          </label>
        ))}
      </fieldset>
    </section>
  );
}
