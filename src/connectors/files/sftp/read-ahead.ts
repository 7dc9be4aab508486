/**
 * Reads a file from `at` to its end with `depth` requests under way, so that a long way to the server does not make it
 * slow, and hands the bytes over in their order. `read` may give fewer bytes than `size`, and none at the end.
 */
export async function readAhead(
  read: (from: number) => Promise<Buffer>,
  at: number,
  size: number,
  depth: number,
  take: (chunk: Uint8Array) => Promise<void>,
): Promise<void> {
  let begun: Promise<Buffer>[] = []
  const begin = () => {
    const request = read(next + begun.length * size)
    // Its failure is seen when its turn comes, or not at all after another one's.
    request.catch(() => {})
    begun.push(request)
  }
  let next = at
  try {
    for (;;) {
      while (begun.length < depth) begin()
      const chunk = (await begun.shift()) as Buffer
      if (chunk.length === 0) return
      await take(chunk)
      next += chunk.length
      // The requests under way are for other places then.
      if (chunk.length < size) begun = await settled(begun)
    }
  } finally {
    await settled(begun)
  }
}

async function settled(requests: readonly Promise<Buffer>[]): Promise<[]> {
  await Promise.allSettled(requests)
  return []
}
