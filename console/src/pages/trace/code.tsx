/** Text as it is, that scrolls in itself. */
export function Code({ label, children }: { readonly label: string; readonly children: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
    <section className="code" aria-label={label} tabIndex={0}>
      <pre translate="no">{children}</pre>
    </section>
  )
}
