/** The column of a book that says when an entry was made, in UTC. */
export const bookedAt = `booked_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))`
