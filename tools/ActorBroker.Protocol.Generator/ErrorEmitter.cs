using System.Globalization;
using System.Text;

namespace ActorBroker.Protocol.Generator;

internal static class ErrorEmitter
{
    public static string Emit(List<Error> errors)
    {
        var code = new CodeText();
        code.Header("ActorBroker.Protocol");
        code.Line("/// <summary>Kafka's error codes.</summary>").Open("public enum ErrorCode : short");
        foreach (var error in errors)
        {
            code.Line($"/// <summary>{Xml(error.Meaning)}.</summary>");
            code.Line($"{error.Name} = {error.Code.ToString(CultureInfo.InvariantCulture)},");
        }

        code.Close().Line();
        code.Line("/// <summary>What is known about each error code.</summary>").Open("public static class ErrorCodes");
        code.Line("/// <summary>Whether the same request may succeed later.</summary>");
        Flags(code, "IsRetriable", errors.Where(error => error.Retriable));
        code.Line().Line("/// <summary>Whether the client should reload its metadata before it tries again.</summary>");
        Flags(code, "RefreshesMetadata", errors.Where(error => error.RefreshesMetadata));
        code.Line().Line("/// <summary>A short text for people; the number itself for an unknown code.</summary>");
        Table(code, "Message", errors, error => error.Meaning);
        code.Line().Line("/// <summary>The name in Kafka's spelling, for example <c>NOT_LEADER_OR_FOLLOWER</c>.</summary>");
        Table(code, "KafkaName", errors, error => KafkaName(error.Name));
        return code.Close().ToString();
    }

    private static void Flags(CodeText code, string name, IEnumerable<Error> set)
    {
        code.Open($"public static bool {name}(this ErrorCode code) => code switch");
        foreach (var error in set)
        {
            code.Line($"ErrorCode.{error.Name} => true,");
        }

        code.Line("_ => false,").Close(";");
    }

    private static void Table(CodeText code, string name, List<Error> errors, Func<Error, string> text)
    {
        code.Open($"public static string {name}(this ErrorCode code) => code switch");
        foreach (var error in errors)
        {
            code.Line($"ErrorCode.{error.Name} => \"{text(error).Replace("\"", "\\\"", StringComparison.Ordinal)}\",");
        }

        code.Line("_ => \"error \" + ((short)code).ToString(System.Globalization.CultureInfo.InvariantCulture),").Close(";");
    }

    private static string KafkaName(string name)
    {
        var text = new StringBuilder();
        foreach (var letter in name)
        {
            if (char.IsUpper(letter) && text.Length > 0)
            {
                text.Append('_');
            }

            text.Append(char.ToUpperInvariant(letter));
        }

        return text.ToString();
    }

    private static string Xml(string text) => text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);
}
