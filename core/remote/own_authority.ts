/** What to do about a certificate that nobody known has signed; `variable` is where the program that fetches looks. */
export function ownAuthority(variable: string): string {
  return `If an authority of your own has signed it, name the PEM file of that one in the variable ${variable}`;
}
