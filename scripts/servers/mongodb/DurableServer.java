import de.bwaldvogel.mongo.MongoCollection;
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.bson.BsonTimestamp;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.exception.MongoServerError;
import de.bwaldvogel.mongo.wire.message.MongoMessage;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import org.h2.mvstore.MVStore;

/**
 * mongo-java-server over a file, for tests: `PORT FILE`. Ours are four things that MongoDB does and it does not: a
 * write is in the file before it is answered; it is there together with its event, in the order of the events; a change stream tells its place also when it has nothing to deliver; and
 * one that wants to go on before what local.lost says of its collection, { ns, before: token }, is refused as by an oplog
 * that has been overwritten.
 */
public final class DurableServer extends H2Backend {
    private static final Set<String> READS = Set.of("find", "getMore", "isMaster", "ismaster", "ping", "hello");
    private final MVStore store;
    private volatile long newest;
    private volatile boolean written = true;

    private DurableServer(MVStore store) {
        super(store);
        this.store = store;
    }

    public static void main(String[] arguments) throws InterruptedException {
        MVStore store = new MVStore.Builder().fileName(arguments[1]).autoCommitDisabled().open();
        DurableServer backend = new DurableServer(store);
        MongoServer server = new MongoServer(backend.version(new Version5()));
        server.enableOplog();
        // An event has its second, and a number that begins anew with the server: it must come after those of before.
        while (System.currentTimeMillis() / 1000 <= backend.places().max().orElse(0) >> 32) Thread.sleep(10);
        server.bind("127.0.0.1", Integer.parseInt(arguments[0]));
    }

    @Override
    public Document handleMessage(MongoMessage message) {
        Document command = message.getDocument();
        String name = command.keySet().iterator().next();
        Document options = changeStreamOf(command);
        if (options != null) refuseLostPlace(message.getDatabaseName() + "." + command.get("aggregate"), options);
        // Taken first: what comes meanwhile is behind it.
        String place = options != null || name.equals("getMore") ? newestPlace() : null;
        Document answer = READS.contains(name) ? super.handleMessage(message) : write(message);
        if (place != null && answer.get("cursor") instanceof Document cursor) tellPlace(cursor, options, place);
        if (!READS.contains(name)) written = true;
        // Nor is anything read, above all no change, that could still be lost.
        commit();
        return answer;
    }

    /** One after the other, and no commit meanwhile: a change that is in the file without its event would never be told. */
    private synchronized Document write(MongoMessage message) {
        return super.handleMessage(message);
    }

    @Override
    public synchronized void commit() {
        store.commit();
    }

    private static Document changeStreamOf(Document command) {
        if (!(command.get("pipeline") instanceof List<?> stages) || stages.isEmpty()) return null;
        return (Document) ((Document) stages.get(0)).get("$changeStream");
    }

    private static void tellPlace(Document cursor, Document options, String place) {
        List<?> documents = (List<?>) cursor.get(options == null ? "nextBatch" : "firstBatch");
        if (documents.isEmpty()) cursor.append("postBatchResumeToken", new Document("_data", place));
        else cursor.append("postBatchResumeToken", ((Document) documents.get(documents.size() - 1)).get("_id"));
    }

    private void refuseLostPlace(String namespace, Document options) {
        Document token = (Document) options.getOrDefault("startAfter", options.get("resumeAfter"));
        MongoCollection<?> lost = resolveDatabase("local").resolveCollection("lost", false);
        if (token == null || lost == null) return;
        long place = placeOf((String) token.get("_data"));
        boolean isLost = lost.queryAllAsStream().anyMatch(each ->
            namespace.equals(each.get("ns")) && place < placeOf((String) each.get("before")));
        if (isLost) throw new MongoServerError(286, "ChangeStreamHistoryLost",
            "Resume of change stream was not possible, as the resume point may no longer be in the oplog.");
    }

    private static long placeOf(String token) {
        return Long.parseLong(token, 16);
    }

    private String newestPlace() {
        if (written) {
            written = false;
            newest = places().max().orElse(newest);
        }
        return Long.toHexString(newest);
    }

    private LongStream places() {
        return oplog().queryAllAsStream().mapToLong(entry -> ((BsonTimestamp) entry.get("ts")).getValue());
    }

    private MongoCollection<?> oplog() {
        return resolveDatabase("local").resolveCollection(OPLOG_COLLECTION_NAME, true);
    }

    /** What it says of itself (5.0), with the wire version that belongs to that. */
    private static final class Version5 implements MongoVersion {
        @Override
        public List<Integer> getVersionArray() {
            return List.of(5, 0, 0);
        }

        @Override
        public int getWireVersion() {
            return 13;
        }
    }
}
