package ex;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import java.util.Map;

/** Handlers whose logs are captured: one case per situation. */
public class App implements RequestHandler<Map<String, String>, Map<String, Object>> {
  static class AppException extends RuntimeException {
    AppException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  @Override
  public Map<String, Object> handleRequest(Map<String, String> event, Context context) {
    switch (event.get("situation")) {
      case "ok":
        System.out.println("plain line");
        context.getLogger().log("logger line");
        return Map.of("ok", true);
      case "ok_quoting":
        System.out.println("START RequestId: cccccccc-0000-4000-8000-00000000000c Version: $LATEST");
        System.out.println("boom: java.lang.RuntimeException\njava.lang.RuntimeException: boom\n\tat ex.App.run(App.java:1)");
        System.out.println("END RequestId: cccccccc-0000-4000-8000-00000000000c");
        System.out.println(
            "REPORT RequestId: cccccccc-0000-4000-8000-00000000000c\tDuration: 5.00 ms\tBilled Duration: 6 ms\t");
        return Map.of("ok", true);
      case "ok_printed_trace":
        new IllegalStateException("caught").printStackTrace();
        return Map.of("ok", true);
      case "raise_message":
        System.out.println("plain line");
        throw new AppException("boom\nsecond line", null);
      case "raise_empty":
        throw new AppException(null, null);
      case "raise_nonascii":
        throw new AppException("ä", null);
      case "raise_chained":
        throw new AppException("outer", new ArithmeticException("inner"));
      case "raise_memory":
        return Map.of("ok", new byte[1 << 28].length);
      case "stack_overflow":
        return handleRequest(event, context);
      case "exit_status":
        System.exit(3);
        return null;
      default:
        throw new IllegalArgumentException(event.get("situation"));
    }
  }
}
