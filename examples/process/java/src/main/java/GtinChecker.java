import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** Checks the last digit of a GTIN (GS1 General Specifications, 7.9). A line in is a batch, a line out its answers. */
public final class GtinChecker {
  public static void main(String[] args) throws Exception {
    var json = new ObjectMapper();
    var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    out.println("{\"ready\": true}");
    for (String line; (line = in.readLine()) != null; ) {
      JsonNode batch = json.readTree(line);
      ObjectNode answer = json.createObjectNode();
      answer.set("batch", batch.get("batch"));
      ArrayNode answers = answer.putArray("answers");
      for (JsonNode item : batch.get("items")) {
        boolean valid = isValid(item.get("data").get("gtin").asText());
        answers.addObject().putObject("result").put("valid", valid);
      }
      out.println(json.writeValueAsString(answer));
    }
  }

  private static boolean isValid(String gtin) {
    if (!gtin.matches("\\d{8}|\\d{12,14}")) return false;
    int sum = 0;
    for (int place = 0; place < gtin.length(); place++) {
      int digit = gtin.charAt(gtin.length() - 1 - place) - '0';
      sum += place % 2 == 0 ? digit : 3 * digit;
    }
    return sum % 10 == 0;
  }
}
