package example;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.LambdaLogger;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import com.amazonaws.services.lambda.runtime.logging.LogLevel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The function whose logs are captured: the event says what it does. */
public class Situations implements RequestHandler<Map<String, String>, Object> {
  private static final String CHILD = "c0ffee00-1234-4321-8888-00000000000c";

  static class OrderError extends RuntimeException {
    OrderError(String message, Throwable cause) {
      super(message, cause);
    }

    OrderError(String message) {
      super(message);
    }
  }

  static class Prüffehler extends RuntimeException {
    Prüffehler(String message) {
      super(message);
    }
  }

  public static class Unserialisable {
    public String getName() {
      throw new IllegalStateException("no name");
    }
  }

  @Override
  public Object handleRequest(Map<String, String> event, Context context) {
    LambdaLogger logger = context.getLogger();
    System.out.println("plain line");
    pause();
    logger.log("logger line\n", LogLevel.INFO);
    pause();
    return run(event.get("situation"), logger);
  }

  private Object run(String situation, LambdaLogger logger) {
    return switch (situation) {
      case "ok" -> Map.of("ok", true);
      case "printed_errors" -> {
        System.out.println("printed: java.lang.IllegalStateException");
        System.out.println("java.lang.IllegalStateException: printed");
        System.out.println("\tat example.Situations.run(Situations.java:1)");
        System.out.println("START RequestId: " + CHILD + " Version: $LATEST");
        System.out.println("END RequestId: " + CHILD);
        System.out.println("REPORT RequestId: " + CHILD + "\tDuration: 5.00 ms\tStatus: timeout");
        yield Map.of("ok", true);
      }
      case "printed_stack_trace" -> {
        new OrderError("handled by the function", new IllegalArgumentException("inner")).printStackTrace();
        yield Map.of("ok", true);
      }
      case "logged_error" -> {
        logger.log("handled by the function: example.Situations$OrderError\n", LogLevel.ERROR);
        logger.log("example.Situations$OrderError: handled by the function\n\tat example.A.b(A.java:1)\n", LogLevel.ERROR);
        pause();
        yield Map.of("ok", true);
      }
      case "logged_fatal" -> {
        logger.log("handled by the function: example.Situations$OrderError", LogLevel.FATAL);
        pause();
        yield Map.of("ok", true);
      }
      case "thread_exception" -> {
        Thread thread = new Thread(() -> {
          throw new OrderError("in another thread");
        });
        thread.start();
        try {
          thread.join();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
        yield Map.of("ok", true);
      }
      case "raised" -> throw new OrderError("the order is incomplete");
      case "raised_after_printed" -> {
        new OrderError("handled by the function").printStackTrace();
        pause();
        throw new IllegalStateException("then raised");
      }
      case "no_message" -> throw new OrderError(null);
      case "beyond_ascii" -> throw new Prüffehler("prüfung schlug fehl");
      case "several_lines" -> throw new OrderError("first line\nsecond line\n  indented third line");
      case "quotes_error" -> throw new OrderError("child failed:\nx: java.lang.RuntimeException\njava.lang.RuntimeException: x");
      case "quotes_platform" -> throw new OrderError("child failed:\nEND RequestId: " + CHILD);
      case "chained" -> throw new OrderError("outer", new IllegalArgumentException("inner"));
      case "suppressed" -> {
        OrderError error = new OrderError("with another");
        error.addSuppressed(new IllegalStateException("while closing"));
        throw error;
      }
      case "deep" -> deep(40);
      case "huge_message" -> throw new OrderError("x".repeat(300_000));
      case "assertion" -> throw new AssertionError("an Error, no Exception");
      case "unserialisable" -> new Unserialisable();
      case "exit_now" -> {
        System.exit(3);
        yield null;
      }
      case "exit_zero" -> {
        System.exit(0);
        yield null;
      }
      case "halt" -> {
        Runtime.getRuntime().halt(7);
        yield null;
      }
      case "no_memory" -> {
        List<long[]> rows = new ArrayList<>();
        while (true) rows.add(new long[1 << 20]);
      }
      case "recursion" -> deep(Integer.MAX_VALUE);
      case "too_large" -> "x".repeat(7_000_000);
      default -> throw new IllegalArgumentException(situation);
    };
  }

  private static Object deep(int depth) {
    if (depth > 0) return deep(depth - 1);
    throw new OrderError("deep in the stack");
  }

  /** Keeps the order of lines on standard output and in frames. */
  private static void pause() {
    try {
      Thread.sleep(50);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  public static class FailingConstructor implements RequestHandler<Map<String, String>, Object> {
    public FailingConstructor() {
      throw new OrderError("in the constructor");
    }

    @Override
    public Object handleRequest(Map<String, String> event, Context context) {
      return null;
    }
  }

  public static class FailingInitializer implements RequestHandler<Map<String, String>, Object> {
    static final int PORT = Integer.parseInt("no number");

    @Override
    public Object handleRequest(Map<String, String> event, Context context) {
      return PORT;
    }
  }

  public static class ExitingInitializer implements RequestHandler<Map<String, String>, Object> {
    static {
      System.exit(5);
    }

    @Override
    public Object handleRequest(Map<String, String> event, Context context) {
      return null;
    }
  }
}
