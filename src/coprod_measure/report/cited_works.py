"""The works that texts of the report cite: each reference stands here once, in APA style."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

WORKS = (
    "Allenby, G. M., & Rossi, P. E. (1999). Marketing models of consumer heterogeneity. Journal of "
    "Econometrics, 89(1–2), 57–78.",
    "Armstrong, J. S., & Overton, T. S. (1977). Estimating nonresponse bias in mail surveys. Journal of "
    "Marketing Research, 14(3), 396–402.",
    "Asparouhov, T., & Muthén, B. (2009). Exploratory structural equation modeling. Structural Equation "
    "Modeling, 16(3), 397–438.",
    "Asparouhov, T., & Muthén, B. (2014). Multiple-group factor analysis alignment. Structural Equation "
    "Modeling, 21(4), 495–508.",
    "Azen, R., & Budescu, D. V. (2003). The dominance analysis approach for comparing predictors in multiple "
    "regression. Psychological Methods, 8(2), 129–148.",
    "Bakk, Z., & Vermunt, J. K. (2016). Robustness of stepwise latent class modeling with continuous distal "
    "outcomes. Structural Equation Modeling, 23(1), 20–31.",
    "Bayle, P., Bayle, A., Janson, L., & Mackey, L. (2020). Cross-validation confidence intervals for test "
    "error. Advances in Neural Information Processing Systems, 33, 16339–16350.",
    "Becker, T. E., Atinc, G., Breaugh, J. A., Carlson, K. D., Edwards, J. R., & Spector, P. E. (2016). "
    "Statistical control in correlational studies: 10 essential recommendations for organizational "
    "researchers. Journal of Organizational Behavior, 37(2), 157–167.",
    "Bell, R. M., & McCaffrey, D. F. (2002). Bias reduction in standard errors for linear regression with "
    "multi-stage samples. Survey Methodology, 28(2), 169–181.",
    "Benjamini, Y., & Hochberg, Y. (1995). Controlling the false discovery rate: A practical and powerful "
    "approach to multiple testing. Journal of the Royal Statistical Society: Series B, 57(1), 289–300.",
    "Berger, R. L. (1982). Multiparameter hypothesis testing and acceptance sampling. Technometrics, 24(4), "
    "295–300.",
    "Binder, D. A. (1983). On the variances of asymptotically normal estimators from complex surveys. "
    "International Statistical Review, 51(3), 279–292.",
    "Byrne, B. M., Shavelson, R. J., & Muthén, B. (1989). Testing for the equivalence of factor covariance "
    "and mean structures: The issue of partial measurement invariance. Psychological Bulletin, 105(3), "
    "456–466.",
    "Chen, F. F. (2007). Sensitivity of goodness of fit indexes to lack of measurement invariance. "
    "Structural Equation Modeling, 14(3), 464–504.",
    "Cohen, J. (1988). Statistical power analysis for the behavioral sciences (2nd ed.). Erlbaum.",
    "Cronbach, L. J. (1951). Coefficient alpha and the internal structure of tests. Psychometrika, 16(3), "
    "297–334.",
    "Diamantopoulos, A., & Siguaw, J. A. (2006). Formative versus reflective indicators in organizational "
    "measure development: A comparison and empirical illustration. British Journal of Management, 17(4), "
    "263–282.",
    "Dijkstra, T. K., & Henseler, J. (2015). Consistent partial least squares path modeling. MIS Quarterly, "
    "39(2), 297–316.",
    "Dul, J. (2016). Necessary condition analysis (NCA): Logic and methodology of “necessary but not "
    "sufficient” causality. Organizational Research Methods, 19(1), 10–52.",
    "Edwards, J. R., & Parry, M. E. (1993). On the use of polynomial regression equations as an alternative "
    "to difference scores in organizational research. Academy of Management Journal, 36(6), 1577–1613.",
    "Enders, C. K., & Bandalos, D. L. (2001). The relative performance of full information maximum "
    "likelihood estimation for missing data in structural equation models. Structural Equation Modeling, "
    "8(3), 430–457.",
    "Feldt, L. S. (1965). The approximate sampling distribution of Kuder-Richardson reliability coefficient "
    "twenty. Psychometrika, 30(3), 357–370.",
    "Fieller, E. C. (1954). Some problems in interval estimation. Journal of the Royal Statistical Society: "
    "Series B, 16(2), 175–185.",
    "Fornell, C., & Larcker, D. F. (1981). Evaluating structural equation models with unobservable variables "
    "and measurement error. Journal of Marketing Research, 18(1), 39–50.",
    "Gorsuch, R. L. (1983). Factor analysis (2nd ed.). Lawrence Erlbaum.",
    "Graham, J. W., Taylor, B. J., Olchowski, A. E., & Cumsille, P. E. (2006). Planned missing data designs "
    "in psychological research. Psychological Methods, 11(4), 323–343.",
    "Green, S. B., & Yang, Y. (2009). Reliability of summated item scores using structural equation "
    "modeling: An alternative to coefficient alpha. Psychometrika, 74(1), 155–167.",
    "Grice, J. W. (2001). Computing and evaluating factor scores. Psychological Methods, 6(4), 430–450.",
    "Hamaker, E. L., Kuiper, R. M., & Grasman, R. P. P. P. (2015). A critique of the cross-lagged panel "
    "model. Psychological Methods, 20(1), 102–116.",
    "Hayes, A. F. (2015). An index and test of linear moderated mediation. Multivariate Behavioral Research, "
    "50(1), 1–22.",
    "Heckman, J. J. (1979). Sample selection bias as a specification error. Econometrica, 47(1), 153–161.",
    "Hedeker, D., & Gibbons, R. D. (1997). Application of random-effects pattern-mixture models for missing "
    "data in longitudinal studies. Psychological Methods, 2(1), 64–78.",
    "Henseler, J., Ringle, C. M., & Sarstedt, M. (2015). A new criterion for assessing discriminant validity "
    "in variance-based structural equation modeling. Journal of the Academy of Marketing Science, 43(1), "
    "115–135.",
    "Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of "
    "Statistics, 6(2), 65–70.",
    "Horn, J. L. (1965). A rationale and test for the number of factors in factor analysis. Psychometrika, "
    "30(2), 179–185.",
    "Hu, L., & Bentler, P. M. (1999). Cutoff criteria for fit indexes in covariance structure analysis: "
    "Conventional criteria versus new alternatives. Structural Equation Modeling, 6(1), 1–55.",
    "Johnson, J. W. (2000). A heuristic method for estimating the relative weight of predictor variables in "
    "multiple regression. Multivariate Behavioral Research, 35(1), 1–19.",
    "Johnson, P. O., & Neyman, J. (1936). Tests of certain linear hypotheses and their application to some "
    "educational problems. Statistical Research Memoirs, 1, 57–93.",
    "Jöreskog, K. G. (1969). A general approach to confirmatory maximum likelihood factor analysis. "
    "Psychometrika, 34(2), 183–202.",
    "Jorgensen, T. D., Kite, B. A., Chen, P.-Y., & Short, S. D. (2018). Permutation randomization methods "
    "for testing measurement equivalence and detecting differential item functioning in multiple-group "
    "confirmatory factor analysis. Psychological Methods, 23(4), 708–728.",
    "Kass, R. E., & Raftery, A. E. (1995). Bayes factors. Journal of the American Statistical Association, "
    "90(430), 773–795.",
    "Kock, N. (2015). Common method bias in PLS-SEM: A full collinearity assessment approach. International "
    "Journal of e-Collaboration, 11(4), 1–10.",
    "Little, R. J. A. (1988). A test of missing completely at random for multivariate data with missing "
    "values. Journal of the American Statistical Association, 83(404), 1198–1202.",
    "MacKinnon, D. P., Lockwood, C. M., & Williams, J. (2004). Confidence limits for the indirect effect: "
    "Distribution of the product and resampling methods. Multivariate Behavioral Research, 39(1), 99–128.",
    "Mardia, K. V. (1970). Measures of multivariate skewness and kurtosis with applications. Biometrika, "
    "57(3), 519–530.",
    "Marsh, H. W., & Hocevar, D. (1985). Application of confirmatory factor analysis to the study of "
    "self-concept: First- and higher order factor models and their invariance across groups. Psychological "
    "Bulletin, 97(3), 562–582.",
    "Marsh, H. W., Wen, Z., & Hau, K.-T. (2004). Structural equation models of latent interactions: "
    "Evaluation of alternative estimation strategies and indicator construction. Psychological Methods, "
    "9(3), 275–300.",
    "Matuschek, H., Kliegl, R., Vasishth, S., Baayen, H., & Bates, D. (2017). Balancing Type I error and "
    "power in linear mixed models. Journal of Memory and Language, 94, 305–315.",
    "Maydeu-Olivares, A., Coffman, D. L., & Hartmann, W. M. (2007). Asymptotically distribution-free (ADF) "
    "interval estimation of coefficient alpha. Psychological Methods, 12(2), 157–176.",
    "McArdle, J. J. (2001). A latent difference score approach to longitudinal dynamic structural analysis. "
    "In R. Cudeck, S. du Toit, & D. Sörbom (Eds.), Structural equation modeling: Present and future "
    "(pp. 341–380). Scientific Software International.",
    "McDonald, R. P. (1999). Test theory: A unified treatment. Lawrence Erlbaum.",
    "McFadden, D. (1974). Conditional logit analysis of qualitative choice behavior. In P. Zarembka (Ed.), "
    "Frontiers in econometrics (pp. 105–142). Academic Press.",
    "McGraw, K. O., & Wong, S. P. (1996). Forming inferences about some intraclass correlation coefficients. "
    "Psychological Methods, 1(1), 30–46.",
    "McKelvey, R. D., & Zavoina, W. (1975). A statistical model for the analysis of ordinal level dependent "
    "variables. Journal of Mathematical Sociology, 4(1), 103–120.",
    "Meredith, W. (1993). Measurement invariance, factor analysis and factorial invariance. Psychometrika, "
    "58(4), 525–543.",
    "Mulder, J. D., & Hamaker, E. L. (2021). Three extensions of the random intercept cross-lagged panel "
    "model. Structural Equation Modeling, 28(4), 638–648.",
    "Muthén, B. (1984). A general structural equation model with dichotomous, ordered categorical, and "
    "continuous latent variable indicators. Psychometrika, 49(1), 115–132.",
    "Mundlak, Y. (1978). On the pooling of time series and cross section data. Econometrica, 46(1), 69–85.",
    "Nye, C. D., Bradburn, J., Olenick, J., Bialko, C., & Drasgow, F. (2019). How big are my effects? "
    "Examining the magnitude of effect sizes in studies of measurement equivalence. Organizational Research "
    "Methods, 22(3), 678–709.",
    "Nye, C. D., & Drasgow, F. (2011). Effect size indices for analyses of measurement equivalence: "
    "Understanding the practical importance of differences between groups. Journal of Applied Psychology, "
    "96(5), 966–980.",
    "Podsakoff, P. M., MacKenzie, S. B., Lee, J.-Y., & Podsakoff, N. P. (2003). Common method biases in "
    "behavioral research: A critical review of the literature and recommended remedies. Journal of Applied "
    "Psychology, 88(5), 879–903.",
    "Preacher, K. J., & Selig, J. P. (2012). Advantages of Monte Carlo confidence intervals for indirect "
    "effects. Communication Methods and Measures, 6(2), 77–98.",
    "Preacher, K. J., Zyphur, M. J., & Zhang, Z. (2010). A general multilevel SEM framework for assessing "
    "multilevel mediation. Psychological Methods, 15(3), 209–233.",
    "Rhemtulla, M., Brosseau-Liard, P. É., & Savalei, V. (2012). When can categorical variables be treated "
    "as continuous? A comparison of robust continuous and categorical SEM estimation methods under "
    "suboptimal conditions. Psychological Methods, 17(3), 354–373.",
    "Roemer, E., Schuberth, F., & Henseler, J. (2021). HTMT2: An improved criterion for assessing "
    "discriminant validity in structural equation modeling. Industrial Management & Data Systems, 121(12), "
    "2637–2650.",
    "Rönkkö, M., & Cho, E. (2022). An updated guideline for assessing discriminant validity. Organizational "
    "Research Methods, 25(1), 6–47.",
    "Rosseel, Y., & Loh, W. W. (2024). A structural after measurement approach to structural equation "
    "modeling. Psychological Methods, 29(3), 561–588.",
    "Satorra, A. (2000). Scaled and adjusted restricted tests in multi-sample analysis of moment structures. "
    "In R. D. H. Heijmans, D. S. G. Pollock, & A. Satorra (Eds.), Innovations in multivariate statistical "
    "analysis (pp. 233–247). Kluwer.",
    "Satorra, A., & Bentler, P. M. (1994). Corrections to test statistics and standard errors in covariance "
    "structure analysis. In A. von Eye & C. C. Clogg (Eds.), Latent variables analysis: Applications for "
    "developmental research (pp. 399–419). Sage.",
    "Satorra, A., & Bentler, P. M. (2001). A scaled difference chi-square test statistic for moment "
    "structure analysis. Psychometrika, 66(4), 507–514.",
    "Schmid, J., & Leiman, J. M. (1957). The development of hierarchical factor solutions. Psychometrika, "
    "22(1), 53–61.",
    "Schönbrodt, F. D. (2016). Testing fit patterns with polynomial regression models. Open Science "
    "Framework.",
    "Stram, D. O., & Lee, J. W. (1994). Variance components testing in the longitudinal mixed effects model. "
    "Biometrics, 50(4), 1171–1177.",
    "Tipton, E., & Pustejovsky, J. E. (2015). Small-sample adjustments for tests of moderators and model fit "
    "using robust variance estimation in meta-regression. Journal of Educational and Behavioral Statistics, "
    "40(6), 604–634.",
    "Tonidandel, S., & LeBreton, J. M. (2010). Determining the relative importance of predictors in logistic "
    "regression: An extension of relative weight analysis. Organizational Research Methods, 13(4), 767–781.",
    "Train, K. E. (2009). Discrete choice methods with simulation (2nd ed.). Cambridge University Press.",
    "Tukey, J. W. (1977). Exploratory data analysis. Addison-Wesley.",
    "Vermunt, J. K. (2010). Latent class modeling with covariates: Two improved three-step approaches. "
    "Political Analysis, 18(4), 450–469.",
    "Williams, L. J., Hartman, N., & Cavazotte, F. (2010). Method variance and marker variables: A review "
    "and comprehensive CFA marker technique. Organizational Research Methods, 13(3), 477–514.",
    "Wu, H., & Estabrook, R. (2016). Identification of confirmatory factor analysis models of different "
    "levels of invariance for ordered categorical outcomes. Psychometrika, 81(4), 1014–1045.",
    "Xia, Y., & Yang, Y. (2019). RMSEA, CFI, and TLI in structural equation modeling with ordered "
    "categorical data: The story they tell depends on the estimation methods. Behavior Research Methods, "
    "51(1), 409–428.",
    "Yuan, K.-H., & Bentler, P. M. (2000). Three likelihood-based methods for mean and covariance structure "
    "analysis with nonnormal missing data. Sociological Methodology, 30(1), 165–200.",
    "Zhao, X., Lynch, J. G., & Chen, Q. (2010). Reconsidering Baron and Kenny: Myths and truths about "
    "mediation analysis. Journal of Consumer Research, 37(2), 197–206.",
    "Zinbarg, R. E., Revelle, W., Yovel, I., & Li, W. (2005). Cronbach's α, Revelle's β, and McDonald's ωH: "
    "Their relations with each other and two alternative conceptualizations of reliability. Psychometrika, "
    "70(1), 123–133.",
)
_AUTHOR = re.compile(r"(?P<name>[^,&]+?), (?:[A-ZÀ-Ý]\.(?:[ -](?=[A-ZÀ-Ý]\.))?)+(?:, (?:& )?|$)")
_YEAR = re.compile(r"^(?P<authors>.+?)\.? \((?P<year>\d{4}[a-z]?|n\.d\.)\)\.")


_ITALICS = tuple(
    re.compile(pattern)
    for pattern in (
        r"^(.+[.?] )([A-Z][^.?]*, \d+)(\(\d+\), .+)$",  # a journal with its volume
        r"^(.+ \(Eds?\.\), )(.+?)( \(pp\. .+)$",  # the book that a chapter is in
        r"^(.+? \((?:\d{4}[a-z]?|n\.d\.)\)\. )(.+?)((?: \(|\.).*)$",  # a book or a program
    )
)


def in_italics(reference: str) -> tuple[str, str, str]:
    """Split a reference around what APA style sets in italics: journal and volume, or the title of a book.

    Returns before, in italics, after; the last two empty where nothing is recognised.
    """
    found = next((match for pattern in _ITALICS if (match := pattern.match(reference))), None)
    return (found[1], found[2], found[3]) if found else (reference, "", "")


def in_text(reference: str) -> str:
    """Cite a work in brackets as APA style does: ``Hu & Bentler, 1999``; ``Nye et al., 2019`` from three on.

    ``reference``: ``Author, A., & Author, B. (year). Title. ...``; an author without initials stands as
    written. Empty if the text is no reference of this form.
    """
    names, year = _authors(reference)
    if not names:
        return ""
    return f"{' & '.join(names) if len(names) < 3 else f'{names[0]} et al.'}, {year}"


def cited(texts: Iterable[str], works: Iterable[str] = WORKS) -> tuple[str, ...]:
    """Choose the works that texts cite, in the order of their authors.

    ``texts``: citations in brackets (``Hu & Bentler, 1999``) or in the sentence (``Hu and Bentler (1999)``),
    of three authors or more also with all their names.
    """
    whole = "\n".join(texts)
    found = [work for work in dict.fromkeys(works) if (seek := _pattern(work)) and seek.search(whole)]
    return tuple(sorted(found, key=_order))


def _authors(reference: str) -> tuple[list[str], str]:
    """Surnames and year; no names if the text is no reference."""
    found = _YEAR.match(reference)
    if found is None:
        return [], ""
    names = [author["name"].strip() for author in _AUTHOR.finditer(f"{found['authors']}.".replace("..", "."))]
    return names or [found["authors"]], found["year"]


def _pattern(reference: str) -> re.Pattern[str] | None:
    names, year = _authors(reference)
    if not names:
        return None
    *before, last = map(re.escape, names)
    written = f"{', '.join(before)},? (?:&|and) {last}" if before else last
    if len(names) > 2:
        written = rf"(?:{written}|{re.escape(names[0])} et al\.)"
    return re.compile(rf"\b{written}(?:['’]s)?,? \(?{re.escape(year)}")


def _order(reference: str) -> str:
    """Sort by authors, then year; accents and ampersands do not count."""
    letters = unicodedata.normalize("NFKD", reference.lower())
    plain = "".join(letter for letter in letters if letter.isascii() and letter not in "&(")
    return " ".join(plain.split())
