import { REDACTED } from "../contract/secrets.ts";

/** Shorter ones stand in many another word, which would be mangled, too. */
const LEAST_LENGTH = 4;

/**
 * The texts by which secrets are found: as they are, and as they stand in JSON and in a URL. Left out are values of fewer
 * than 4 characters. This is against accidents: whoever wants to give a secret away can write it in yet another way.
 *
 * @returns Longer ones first: one secret may be part of another.
 */
export function formsOf(secrets: readonly string[]): string[] {
  const long = secrets.filter((secret) => secret.length >= LEAST_LENGTH);
  const forms = long.flatMap((secret) => [
    secret,
    JSON.stringify(secret).slice(1, -1),
    ...(secret.isWellFormed() ? [encodeURIComponent(secret)] : []),
  ]);
  return [...new Set(forms)].sort((a, b) => b.length - a.length);
}

/** A text without the secrets that have these forms, see {@linkcode formsOf}. */
export function strikeOut(text: string, forms: readonly string[]): string {
  return forms.reduce((struck, form) => struck.replaceAll(form, REDACTED), text);
}
