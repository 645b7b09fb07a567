// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import "./IToken.sol";
import {Ownable, Pausable as Stop} from "./access/Ownable.sol";

/// How long a deposit is locked, in seconds.
uint256 constant LOCK = 7 days;

type Share is uint256;

error TooEarly(uint256 unlockTime);

/// Adds one percent.
function withFee(uint256 amount) pure returns (uint256) {
    return amount + amount / 100;
}

interface IVault {
    event Deposited(address indexed who, uint256 amount);

    /// Puts tokens in.
    function deposit(uint256 amount) external returns (Share);
}

library Shares {
    function toShare(uint256 amount) internal pure returns (Share) {
        return Share.wrap(amount);
    }
}

/**
 * @title A vault with a time lock
 */
contract Vault is IVault, Ownable {
    using Shares for uint256;

    enum State { Open, Closed }

    /// One deposit.
    struct Deposit {
        uint256 amount;
        uint64 unlockTime;
    }

    IToken public immutable token;
    mapping(address => Deposit) private deposits;
    State internal state = State.Open;

    event Withdrawn(address indexed who, uint256 amount);
    error Closed();

    /// Lets only an open vault pass.
    modifier whenOpen() {
        if (state != State.Open) revert Closed();
        _;
    }

    constructor(IToken token_) Ownable(msg.sender) {
        token = token_;
    }

    receive() external payable {}

    fallback() external {}

    // Locks what comes in.
    function deposit(uint256 amount) external override whenOpen returns (Share) {
        uint256 local = withFee(amount);
        token.transferFrom(msg.sender, address(this), local);
        deposits[msg.sender] = Deposit(amount, uint64(block.timestamp + LOCK));
        emit Deposited(msg.sender, amount);
        return amount.toShare();
    }
}

abstract contract Base {}
