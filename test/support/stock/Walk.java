import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The walk of a stock client by the JDK's own, which offers HTTP/2 unasked: logs in, sends, lists. Prints the list. */
public class Walk {
  private static final HttpClient client = HttpClient.newHttpClient();

  private static String ask(String method, String url, String body, String token) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url))
            .timeout(Duration.ofSeconds(200))
            .header("Content-Type", "application/json")
            .method(
                method,
                body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body));
    if (token != null) request.header("Authorization", "Bearer " + token);
    HttpResponse<String> answer = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    if (answer.statusCode() >= 300) throw new IllegalStateException(answer.statusCode() + " " + answer.body());
    return answer.body();
  }

  public static void main(String[] args) throws Exception {
    String url = args[0], messages = url + "/conversations/" + args[3] + "/messages";
    String login = "{\"email\":\"" + args[1] + "\",\"password\":\"" + args[2] + "\"}";
    Matcher token = Pattern.compile("\"accessToken\":\"([^\"]+)\"").matcher(ask("POST", url + "/auth/login", login, null));
    if (!token.find()) throw new IllegalStateException("no token");
    ask("POST", messages, "{\"content\":\"" + args[4] + "\"}", token.group(1));
    System.out.println(ask("GET", messages, null, token.group(1)));
  }
}
