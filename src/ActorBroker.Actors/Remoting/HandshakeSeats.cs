namespace ActorBroker.Actors.Remoting;

/// <summary>
/// How many connections may be in a handshake that others began: strangers hold memory (up to a frame each) until they have proved who they are. The limit
/// of each address keeps one of them from taking the seats of all. Any thread.
/// </summary>
internal sealed class HandshakeSeats(int limit, int limitOfAddress)
{
    private readonly Dictionary<string, int> taken = [];
    private int all;

    /// <summary>False when there is none left; otherwise <see cref="Leave"/> has to follow.</summary>
    public bool TryTake(string address)
    {
        lock (taken)
        {
            var ofAddress = taken.GetValueOrDefault(address);
            if (all >= limit || ofAddress >= limitOfAddress)
            {
                return false;
            }

            taken[address] = ofAddress + 1;
            all++;
            return true;
        }
    }

    public void Leave(string address)
    {
        lock (taken)
        {
            all--;
            if (--taken[address] == 0)
            {
                taken.Remove(address);
            }
        }
    }
}
