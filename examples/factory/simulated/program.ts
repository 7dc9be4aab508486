/** Tells whoever started this process where it listens, and ends with it. */
export function announce(name: string, port: number): void {
  console.log(`${name} listens on http://127.0.0.1:${port}`)
  process.send?.({ port })
  // The channel closes when the parent is gone, however it went.
  process.on('disconnect', () => process.exit())
}
