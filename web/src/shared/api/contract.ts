/**
 * Holds the view types against the contract generated from the server, at compile time: every
 * field the app reads is one the server writes, and what may be missing or null there may be so
 * here. The view types themselves stay hand-written, because they say more (unions, JSON).
 */
import type { components } from "../../gen/api.gen";
import type * as view from "./types";

type Server = components["schemas"];

/** The contract does not tell "left out" from "null", so either form of absence will do here. */
type MayLack<T> = undefined extends T ? true : null extends T ? true : false;

/** Fields that the server does not know, or may lack where the view does not expect it. */
type Gaps<View, Wire> = {
  [Name in keyof View]-?: Name extends keyof Wire
    ? unknown extends Wire[Name]
      ? never
      : MayLack<Wire[Name]> extends true
        ? MayLack<View[Name]> extends true
          ? never
          : Name
        : never
    : Name;
}[keyof View];

/** Compiles only where there is no gap. */
type Fits<Gap extends never> = Gap;

export type Contract = [
  Fits<Gaps<view.Case, Server["Case"]>>,
  Fits<Gaps<view.LinkTry, Server["LinkTry"]>>,
  Fits<Gaps<view.Chain, Server["Chain"]>>,
  Fits<Gaps<view.ChainLink, Server["ChainLink"]>>,
  Fits<Gaps<view.ChainTest, Server["ChainTest"]>>,
  Fits<Gaps<view.Proposal, Server["Proposal"]>>,
  Fits<Gaps<view.Route, Server["Route"]>>,
  Fits<Gaps<view.Reason, Server["Reason"]>>,
  Fits<Gaps<view.Decision, Server["Decision"]>>,
  Fits<Gaps<view.Gate, Server["Gate"]>>,
  Fits<Gaps<view.ActionShown, Server["ActionShown"]>>,
  Fits<Gaps<view.Change, Server["Change"]>>,
  Fits<Gaps<view.Judgment, Server["Judgment"]>>,
  Fits<Gaps<view.Authorship, Server["Authorship"]>>,
  Fits<Gaps<view.AuthorSpan, Server["AuthorSpan"]>>,
  Fits<Gaps<view.Suggestions, Server["Suggestions"]>>,
  Fits<Gaps<view.Suggestion, Server["Suggestion"]>>,
  Fits<Gaps<view.Hunk, Server["Hunk"]>>,
  Fits<Gaps<view.Claim, Server["Claim"]>>,
  Fits<Gaps<view.JudgeReply, Server["Judged"]>>,
  Fits<Gaps<view.Comment, Server["Comment"]>>,
  Fits<Gaps<view.LoopSummary, Server["LoopSummary"]>>,
  Fits<Gaps<view.LoopView, Server["Loop"]>>,
  Fits<Gaps<view.LoopVersion, Server["LoopVersion"]>>,
  Fits<Gaps<view.QueueRow, Server["Queue"]>>,
  Fits<Gaps<view.QueueCapacity, Server["QueueCapacity"]>>,
  Fits<Gaps<view.Seats, Server["Seats"]>>,
  Fits<Gaps<view.Absence, Server["ListedAbsence"]>>,
  Fits<Gaps<view.Absences, Server["Absences"]>>,
  Fits<Gaps<view.PersonChange, Server["PersonChange"]>>,
  Fits<Gaps<view.Batch, Server["Batch"]>>,
  Fits<Gaps<view.HeldDecision, Server["HeldDecision"]>>,
  Fits<Gaps<view.HeldDecisions, Server["HeldDecisions"]>>,
  Fits<Gaps<view.QueuePause, Server["QueuePause"]>>,
  Fits<Gaps<view.QueueAlert, Server["Alert"]>>,
  Fits<Gaps<view.Bulk, Server["Bulk"]>>,
  Fits<Gaps<view.Halt, Server["Halt"]>>,
  Fits<Gaps<view.ErrorStats, Server["ErrorStats"]>>,
  Fits<Gaps<view.ErrorInterval, Server["ErrorInterval"]>>,
  Fits<Gaps<view.QueueStats, Server["QueueStats"]>>,
  Fits<Gaps<view.LearningPoint, Server["LearningPoint"]>>,
  Fits<Gaps<view.AgreementPoint, Server["AgreementPoint"]>>,
  Fits<Gaps<view.Share, Server["Share"]>>,
  Fits<Gaps<view.ModelRow, Server["Model"]>>,
  Fits<Gaps<view.Job, Server["Job"]>>,
  Fits<Gaps<view.Checkpoint, Server["Checkpoint"]>>,
  Fits<Gaps<view.LedgerEntry, Server["Entry"]>>,
  Fits<Gaps<view.VerifyReport, Server["Verified"]>>,
  Fits<Gaps<view.Member, Server["Member"]>>,
  Fits<Gaps<view.Key, Server["Key"]>>,
  Fits<Gaps<view.DryRun, Server["DryRunOut"]>>,
  Fits<Gaps<view.DryRunEstimate, Server["DryRunEstimate"]>>,
  Fits<Gaps<view.DryRunReason, Server["DryRunReason"]>>,
  Fits<Gaps<view.DryRunOutcome, Server["DryRunOutcome"]>>,
  Fits<Gaps<view.DryRunChange, Server["DryRunChange"]>>,
  Fits<Gaps<view.DryRunPoint, Server["DryRunPoint"]>>,
  Fits<Gaps<view.DryRunGroup, Server["DryRunGroup"]>>,
  Fits<Gaps<view.DryRunSets, Server["DryRunSets"]>>,
  Fits<Gaps<view.Autonomy, Server["Autonomy"]>>,
  Fits<Gaps<view.AutonomyGroup, Server["AutonomyGroup"]>>,
  Fits<Gaps<view.AutonomyCertificate, Server["AutonomyCertificate"]>>,
  Fits<Gaps<view.AutonomyLevel, Server["AutonomyLevel"]>>,
  Fits<Gaps<view.AutonomyDetector, Server["AutonomyDetector"]>>,
  Fits<Gaps<view.AutonomyEvent, Server["AutonomyEvent"]>>,
  Fits<Gaps<view.StandingOrder, Server["StandingOrder"]>>,
  Fits<Gaps<view.RunView, Server["Run"]>>,
  Fits<Gaps<view.RunStep, Server["RunStep"]>>,
  Fits<Gaps<view.RunOrder, Server["RunControl"]>>,
  Fits<Gaps<view.RunBudget, Server["RunBudget"]>>,
  Fits<Gaps<view.Fleet, Server["RunFleet"]>>,
  Fits<Gaps<view.HaltInForce, Server["RunHalt"]>>,
];
